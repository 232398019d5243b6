"""What a run leaves behind: CSV files, run.json, a workbook, a report and charts."""
