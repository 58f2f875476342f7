-- Ends a try; also one that has failed.
ROLLBACK
