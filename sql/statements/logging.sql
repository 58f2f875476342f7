-- Which settings make PostgreSQL write the parameters of statements, and so what people write to each other,
-- into its own log; null: none.
SELECT string_agg(s.name || ' = ' || s.setting, ', ' ORDER BY s.name)
FROM pg_settings s
WHERE current_setting('log_parameter_max_length') <> '0'
  AND (s.name = 'log_statement' AND s.setting IN ('mod', 'all')
       OR s.name = 'log_min_duration_statement' AND s.setting <> '-1'
       OR s.name = 'log_min_duration_sample' AND s.setting <> '-1'
          AND current_setting('log_statement_sample_rate') <> '0'
       OR s.name = 'log_transaction_sample_rate' AND s.setting <> '0')
