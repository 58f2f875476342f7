-- From now on this session hears what other nodes say.
LISTEN relevo
