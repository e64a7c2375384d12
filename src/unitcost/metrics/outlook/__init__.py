"""What to expect: forecasts of users, cost and cost per user, how good they were, and days that were out of line."""
