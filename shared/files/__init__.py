"""Files that people upload: kept by Supabase Storage, or in a folder on one machine, behind one port."""
