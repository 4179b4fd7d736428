"""Where the numbers come from, and whether they hold: synthesis of studies into draws, replication of cohorts."""
