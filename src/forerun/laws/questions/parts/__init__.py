"""What questions are made of that no other law needs: shared skills behind the scores of many models, what
sizes share beyond a law, a net that asks."""
