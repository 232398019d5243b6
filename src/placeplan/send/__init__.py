"""High needs: residents with an education, health and care plan."""
