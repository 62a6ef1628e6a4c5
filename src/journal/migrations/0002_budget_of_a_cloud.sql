-- The budget is that of a cloud (host, and port where it is not the usual one), not of an account: the same account can be
-- known by this key, by that one, or by none where there is only a token. What was kept by account ends within minutes.
ALTER TABLE ledgers RENAME COLUMN account TO cloud;
DELETE FROM ledgers WHERE cloud LIKE '%#%';

-- An exemption is looked for under every name that its account may have.
DROP INDEX exemptions_mac;
DROP INDEX exemptions_hwid;
CREATE INDEX exemptions_mac ON exemptions (mac);
CREATE INDEX exemptions_hwid ON exemptions (hwid);
