"""Alerts: what is the matter with the spending, found every minute, and told once for each change."""
