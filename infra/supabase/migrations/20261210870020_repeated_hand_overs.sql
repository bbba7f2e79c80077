-- A hand-over that has failed is queued again by another yes of the person (functions/companion/hand_over/queries.py).
GRANT UPDATE ON public.hand_overs TO mend_user;
