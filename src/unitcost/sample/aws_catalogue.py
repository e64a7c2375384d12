"""What the company runs at AWS: SKUs with list prices in USD, and the meters that use them.

Prices are in the range of the public price list and serve the example only.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

from unitcost.sample.members import TENANT
from unitcost.sample.meter import Meter, Provider
from unitcost.sample.sku import Service

US, EU, ANYWHERE = "us-east-1", "eu-west-1", ""

AWS = Provider(
    key="aws",
    name="AWS",
    issuer="Amazon Web Services, Inc.",
    currency="USD",
    account=("100200300400", "Northwind Notes Payer", "Payer Account"),
    agreed=Decimal("0.96"),
    sub_accounts={
        "prod": ("111122223333", "northwind-prod"),
        "dev": ("444455556666", "northwind-dev"),
        "platform": ("777788889999", "northwind-platform"),
        "tenant": ("555566667777", "northwind-tenant-aurora"),
        "payer": ("100200300400", "northwind-payer"),
    },
    sub_account_type="Linked Account",
    regions={US: "US East (N. Virginia)", EU: "Europe (Ireland)", ANYWHERE: ""},
)


EC2 = Service("Amazon EC2", "Compute", "Virtual Machines")
EBS = Service("Amazon EBS", "Storage", "Block Storage")
EKS = Service("Amazon EKS", "Compute", "Containers")
LAMBDA = Service("AWS Lambda", "Compute", "Serverless Compute")
RDS = Service("Amazon RDS", "Databases", "Relational Databases")
DYNAMODB = Service("Amazon DynamoDB", "Databases", "NoSQL Databases")
ELASTICACHE = Service("Amazon ElastiCache", "Databases", "Caching")
OPENSEARCH = Service("Amazon OpenSearch Service", "Analytics", "Search")
S3 = Service("Amazon S3", "Storage", "Object Storage")
CLOUDFRONT = Service("Amazon CloudFront", "Networking", "Content Delivery")
TRANSFER = Service("AWS Data Transfer", "Networking", "Network Connectivity")
VPC = Service("Amazon VPC", "Networking", "Network Infrastructure")
BALANCING = Service("Elastic Load Balancing", "Networking", "Application Networking")
ROUTE_53 = Service("Amazon Route 53", "Networking", "Network Routing")
SQS = Service("Amazon SQS", "Integration", "Messaging")
SNS = Service("Amazon SNS", "Integration", "Messaging")
CLOUDWATCH = Service("Amazon CloudWatch", "Management and Governance", "Observability")
CLOUDTRAIL = Service("AWS CloudTrail", "Management and Governance", "Compliance")
AWS_CONFIG = Service("AWS Config", "Management and Governance", "Compliance")
GUARDDUTY = Service("Amazon GuardDuty", "Security", "Threat Detection")
AWS_WAF = Service("AWS WAF", "Security", "Application Security")
KMS = Service("AWS KMS", "Security", "Key Management")
SUPPORT = Service("AWS Support (Business)", "Other", "Support")
BILLING = Service("AWS Billing", "Other", "Other (Other)")
GATEWATCH = Service("Gatewatch Vulnerability Scanner", "Security", "Vulnerability Management")

WEB_VM = EC2.sku("m5.xlarge Linux", "Hours", "0.192", "Instance")
WORKER_VM = EC2.sku("c5.2xlarge Linux", "Hours", "0.34", "Instance")
MOBILE_VM = EC2.sku("m6g.large Linux", "Hours", "0.077", "Instance")
DEV_VM = EC2.sku("t3.large Linux", "Hours", "0.0832", "Instance")
NODE_VM = EC2.sku("m6i.large Linux", "Hours", "0.096", "Instance")
TENANT_VM = EC2.sku("c6i.xlarge Linux", "Hours", "0.17", "Instance")
VOLUME = EBS.sku("gp3 volume", "GB-Mo", "0.08", "Volume")
SNAPSHOT = EBS.sku("Snapshot", "GB-Mo", "0.05", "Snapshot")
CLUSTER = EKS.sku("Kubernetes cluster", "Hours", "0.10", "Cluster")
CALLS = LAMBDA.sku("Requests", "Requests", "0.0000002", "Function Calls", whole=True)
GB_SECONDS = LAMBDA.sku("Duration", "GB-Seconds", "0.0000166667", "Function", whole=True)
WEB_DB = RDS.sku("db.r5.2xlarge PostgreSQL", "Hours", "1.00", "DB Instance")
EU_DB = RDS.sku("db.r5.large PostgreSQL", "Hours", "0.25", "DB Instance")
SMALL_DB = RDS.sku("db.m6g.large PostgreSQL", "Hours", "0.159", "DB Instance")
DEV_DB = RDS.sku("db.t3.medium PostgreSQL", "Hours", "0.072", "DB Instance")
DB_STORAGE = RDS.sku("PostgreSQL storage", "GB-Mo", "0.115", "DB Storage")
DB_IO = RDS.sku("PostgreSQL I/O", "IOs", "0.0000002", "DB IO", whole=True)
WRITES = DYNAMODB.sku("Write request units", "WRU", "0.00000125", "Table Writes", whole=True)
READS = DYNAMODB.sku("Read request units", "RRU", "0.00000025", "Table Reads", whole=True)
TABLE = DYNAMODB.sku("Table storage", "GB-Mo", "0.25", "Table")
CACHE = ELASTICACHE.sku("cache.r6g.large", "Hours", "0.206", "Cache Node")
OLD_INDEX = OPENSEARCH.sku("r5.large.search", "Hours", "0.186", "Search Node")
INDEX = OPENSEARCH.sku("r6g.large.search", "Hours", "0.167", "Search Node")
INDEX_STORAGE = OPENSEARCH.sku("gp3 storage", "GB-Mo", "0.122", "Search Storage")
OBJECTS = S3.sku("Standard storage", "GB-Mo", "0.023", "Bucket")
COLD_OBJECTS = S3.sku("Standard-IA storage", "GB-Mo", "0.0125", "Cold Bucket")
PUTS = S3.sku("PUT requests", "Requests", "0.000005", "Bucket Puts", whole=True)
GETS = S3.sku("GET requests", "Requests", "0.0000004", "Bucket Gets", whole=True)
CDN = CLOUDFRONT.sku("Data transfer out, Americas and Europe", "GB", "0.085", "Distribution")
CDN_ASIA = CLOUDFRONT.sku("Data transfer out, Asia Pacific", "GB", "0.12", "Distribution")
CDN_REQUESTS = CLOUDFRONT.sku("HTTPS requests", "Requests", "0.000001", "Distribution", whole=True)
EGRESS = TRANSFER.sku("Data transfer out to internet", "GB", "0.09", "Egress")
NAT = VPC.sku("NAT gateway", "Hours", "0.045", "NAT Gateway")
NAT_DATA = VPC.sku("NAT gateway data", "GB", "0.045", "NAT Data")
BALANCER = BALANCING.sku("Application load balancer", "Hours", "0.0225", "Balancer")
LCU = BALANCING.sku("Capacity units", "LCU-Hours", "0.008", "Balancer LCU")
DNS = ROUTE_53.sku("Standard queries", "Queries", "0.0000004", "Hosted Zone", whole=True)
QUEUE = SQS.sku("Standard requests", "Requests", "0.0000004", "Queue", whole=True)
PUSH = SNS.sku("Mobile push", "Notifications", "0.0000005", "Topic", whole=True)
METRICS = CLOUDWATCH.sku("Custom metrics", "Metric-Mo", "0.30", "Metric")
TRAIL = CLOUDTRAIL.sku("Data events", "Events", "0.000001", "Trail", whole=True)
CONFIG = AWS_CONFIG.sku("Configuration items", "Items", "0.003", "Recorder", whole=True)
GUARD = GUARDDUTY.sku("Analysed events", "Events", "0.000004", "Detector", whole=True)
WAF = AWS_WAF.sku("Inspected requests", "Requests", "0.0000006", "Web ACL", whole=True)
KEYS = KMS.sku("Key requests", "Requests", "0.000003", "Key", whole=True)

WEB_FLEET = Meter(WEB_VM, US, "web", name="web-fleet", instances=14, driver="cpu.web", rate="0.0009")
MOBILE_FLEET = Meter(MOBILE_VM, US, "mobile", name="mobile-api", instances=8, driver="cpu.mobile", rate="0.0018")
SEARCH_WORKERS = Meter(WORKER_VM, US, "search", name="search-workers", instances=5, driver="cpu.search", rate="0.00048")

REPLACED = dt.date(2022, 8, 1)
TENANT_SINCE = dt.date(2022, 9, 1)

_platform = partial(Meter, account="platform", tags=(("team", "platform"),))
_tenant = partial(Meter, account="tenant", since=TENANT_SINCE, tags=(("account_id", TENANT),))

COMPUTE = (
    Meter(WEB_VM, EU, "web", name="web-fleet-eu", instances=4, driver="cpu.web", rate="0.00027"),
    Meter(WORKER_VM, EU, "search", name="search-workers-eu", instances=2),
    Meter(DEV_VM, US, "web", "dev", "dev", instances=5, weekend_permille=350),
    Meter(DEV_VM, US, "search", "staging", "dev", instances=4, weekend_permille=600),
    Meter(DEV_VM, US, "mobile", "dev", "dev", instances=4, weekend_permille=350),
    Meter(VOLUME, US, "web", per_month=3000),
    Meter(VOLUME, US, "search", per_month=2500),
    Meter(VOLUME, US, "mobile", per_month=1200),
    Meter(VOLUME, US, None, None, "dev", name="dev-volumes", per_month=1000),
    Meter(CALLS, US, "mobile", driver="requests.mobile", rate="2"),
    Meter(GB_SECONDS, US, "mobile", driver="requests.mobile", rate="0.25"),
    Meter(GB_SECONDS, US, "web", driver="requests.web", rate="0.1"),
    _tenant(TENANT_VM, US, "web", name="aurora-web", instances=3),
    _tenant(TENANT_VM, US, "search", name="aurora-search", instances=1),
)

DATA = (
    Meter(WEB_DB, US, "web", name="web-db", instances=3),
    Meter(EU_DB, EU, "web", name="web-db-eu", instances=2),
    Meter(SMALL_DB, US, "mobile", name="mobile-db", instances=3),
    Meter(DEV_DB, US, "web", "dev", "dev", name="web-db-dev", instances=3, weekend_permille=350),
    Meter(DB_STORAGE, US, "web", driver="stored.web", rate="0.00002"),
    Meter(DB_IO, US, "web", driver="requests.web", rate="40"),
    Meter(CACHE, US, "web", instances=2),
    Meter(CACHE, US, "search", instances=1),
    Meter(OLD_INDEX, US, "search", name="index-r5", instances=10, until=REPLACED),
    Meter(INDEX, US, "search", name="index", instances=10, since=REPLACED),
    Meter(INDEX, EU, "search", name="index-eu", instances=4, since=REPLACED),
    Meter(INDEX_STORAGE, US, "search", driver="stored.search", rate="0.0008"),
    Meter(OBJECTS, US, "web", driver="stored.web", rate="0.0006"),
    Meter(OBJECTS, EU, "web", driver="stored.web", rate="0.00025"),
    Meter(COLD_OBJECTS, US, "web", driver="stored.web", rate="0.00015"),
    Meter(OBJECTS, US, "mobile", driver="stored.mobile", rate="0.001"),
    Meter(OBJECTS, US, "search", driver="stored.search", rate="0.001"),
    Meter(PUTS, US, "web", driver="requests.web", rate="0.9"),
    Meter(GETS, US, "web", driver="requests.web", rate="3"),
    Meter(GETS, US, "mobile", driver="requests.mobile", rate="4"),
    Meter(WRITES, US, "mobile", driver="requests.mobile", rate="8"),
    Meter(READS, US, "mobile", driver="requests.mobile", rate="25"),
    Meter(TABLE, US, "mobile", driver="stored.mobile", rate="0.0001"),
    _tenant(SMALL_DB, US, "web", name="aurora-db", instances=1),
    _tenant(OBJECTS, US, "web", name="aurora-bucket", per_month=900),
)

# CloudFront carries no product tag: a rule in allocation.toml gives it to web.
NETWORK = (
    Meter(CDN, ANYWHERE, name="cdn", driver="egress.web", rate="0.0009"),
    Meter(CDN_ASIA, ANYWHERE, name="cdn-asia", driver="egress.web", rate="0.0001"),
    Meter(CDN_REQUESTS, ANYWHERE, name="cdn-requests", driver="requests.web", rate="5"),
    Meter(EGRESS, US, "mobile", driver="egress.mobile", rate="0.0006"),
    Meter(EGRESS, US, "search", driver="egress.search", rate="0.001"),
    Meter(LCU, US, "web", driver="requests.web", rate="0.0005"),
    Meter(LCU, US, "search", driver="requests.search", rate="0.0005"),
    Meter(LCU, US, "mobile", driver="requests.mobile", rate="0.0005"),
    Meter(BALANCER, US, "web", instances=2),
    Meter(BALANCER, EU, "web", instances=1),
    Meter(BALANCER, US, "search", instances=1),
    Meter(BALANCER, US, "mobile", instances=1),
    Meter(QUEUE, US, "search", driver="requests.search", rate="12"),
    Meter(PUSH, US, "mobile", driver="requests.mobile", rate="2"),
    _platform(NAT, US, instances=3),
    _platform(NAT_DATA, US, driver="egress.all", rate="0.0007"),
)

PLATFORM_METERS = (
    _platform(CLUSTER, US, instances=3),
    _platform(CLUSTER, EU, instances=1),
    _platform(NODE_VM, US, name="platform-nodes", instances=6),
    _platform(METRICS, US, per_month=900),
    _platform(TRAIL, ANYWHERE, driver="requests.all", rate="0.8"),
    _platform(CONFIG, ANYWHERE, per_month=12_000),
    _platform(GUARD, ANYWHERE, driver="requests.all", rate="0.6"),
    _platform(WAF, ANYWHERE, driver="requests.web", rate="5"),
    _platform(KEYS, ANYWHERE, driver="requests.all", rate="0.3"),
    _platform(DNS, ANYWHERE, driver="requests.all", rate="2"),
)

# Nobody tagged these, or with a key and no value; some of them serve nobody at all.
UNTAGGED = (
    Meter(SNAPSHOT, US, None, None, name="old-snapshots", per_month=4000),
    Meter(DEV_VM, US, None, None, name="bastion", instances=1),
    Meter(VOLUME, US, None, None, name="unattached-volume-1", per_month=400),
    Meter(VOLUME, EU, None, None, name="unattached-volume-2", per_month=250),
    Meter(BALANCER, US, None, None, name="forgotten-balancer", instances=1),
    Meter(OBJECTS, US, name="exports", per_month=2500, tags=(("product", True),)),
    Meter(CACHE, US, name="sessions", instances=1, tags=(("product", ""),)),
)

METERS = COMPUTE + DATA + NETWORK + PLATFORM_METERS + UNTAGGED
