"""Rules on a report: read, checked, judged and explained."""
