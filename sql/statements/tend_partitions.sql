-- Makes the partitions that are missing, and drops those that have had their time.
SELECT made, outcomes_dropped, log_dropped FROM relevo.partitions_tend()
