"""Activity, subscriptions and usage metrics to users and what they use, by month."""
