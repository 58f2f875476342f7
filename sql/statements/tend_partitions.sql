-- Makes partitions for $1 days ahead, and drops those that have had their time: outcomes after 7 days, the log after $2 days (0: never).
SELECT relevo.partitions_make(make_interval(days => $1::integer)),
       relevo.partitions_drop('outcome', interval '7 days'),
       CASE WHEN $2::integer > 0 THEN relevo.partitions_drop('transition', make_interval(days => $2)) END
