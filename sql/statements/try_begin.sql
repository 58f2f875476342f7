-- Whether appends go through is tried with one that is undone again.
BEGIN
