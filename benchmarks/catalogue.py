"""The services, accounts, product lines and teams of the generated companies."""

from __future__ import annotations

from dataclasses import dataclass

PRODUCTS = ("web", "mobile", "search", "api", "exports")
TEAMS = ("core", "growth", "data", "platform", "security")
ENVIRONMENTS = ("prod", "prod", "prod", "prod", "dev", "staging")
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2")


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: its share of a month's rows, its accounts and its (service, category) pairs, dearest first."""

    slug: str
    name: str
    share: float
    accounts: int
    services: tuple[tuple[str, str], ...]


AWS = Provider(
    "aws",
    "AWS",
    0.6,
    18,
    (
        ("Amazon Elastic Compute Cloud", "Compute"),
        ("Amazon Simple Storage Service", "Storage"),
        ("Amazon Relational Database Service", "Databases"),
        ("Amazon Elastic Block Store", "Storage"),
        ("Amazon Virtual Private Cloud", "Networking"),
        ("AWS Lambda", "Compute"),
        ("Amazon CloudFront", "Networking"),
        ("Amazon DynamoDB", "Databases"),
        ("Amazon ElastiCache", "Databases"),
        ("Elastic Load Balancing", "Networking"),
        ("Amazon Elastic Kubernetes Service", "Compute"),
        ("AmazonCloudWatch", "Management and Governance"),
        ("Amazon OpenSearch Service", "Analytics"),
        ("Amazon Kinesis", "Analytics"),
        ("AWS Key Management Service", "Security"),
        ("Amazon Simple Queue Service", "Integration"),
        ("Amazon Simple Notification Service", "Integration"),
        ("Amazon Route 53", "Networking"),
        ("AWS Secrets Manager", "Security"),
        ("Amazon Elastic Container Registry", "Storage"),
        ("AWS Glue", "Analytics"),
        ("Amazon Athena", "Analytics"),
        ("AWS CloudTrail", "Management and Governance"),
        ("AWS Support (Business)", "Other"),
    ),
)
AZURE = Provider(
    "azure",
    "Microsoft",
    0.3,
    9,
    (
        ("Virtual Machines", "Compute"),
        ("Storage Accounts", "Storage"),
        ("Azure SQL Database", "Databases"),
        ("Azure Kubernetes Service", "Compute"),
        ("Bandwidth", "Networking"),
        ("Azure Cosmos DB", "Databases"),
        ("Azure Monitor", "Management and Governance"),
        ("Azure Functions", "Compute"),
        ("Load Balancer", "Networking"),
        ("Key Vault", "Security"),
        ("Event Hubs", "Integration"),
        ("Azure Support", "Other"),
    ),
)
VENDOR = Provider(
    "vendor",
    "Lanternfish",
    0.1,
    3,
    (
        ("Lanternfish Logs", "Management and Governance"),
        ("Lanternfish Traces", "Management and Governance"),
        ("Lanternfish Metrics", "Management and Governance"),
        ("Lanternfish Alerts", "Management and Governance"),
    ),
)
PROVIDERS = (AWS, AZURE, VENDOR)
