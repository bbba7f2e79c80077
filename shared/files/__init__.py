"""Files that people upload, stored in Supabase Storage or in a local folder."""
