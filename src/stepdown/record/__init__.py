"""What happened to this person? A chart or a FHIR Bundle in, one record of dated events out."""
