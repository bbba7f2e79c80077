-- Brainstorm, planning and support are modules of the companion, and a conversation may be one of a group (docs/companion.md).
ALTER TABLE public.conversations
    DROP CONSTRAINT conversations_module_check,
    DROP CONSTRAINT conversations_mode_check,
    ADD CONSTRAINT conversations_module_check
        CHECK (module IN ('companion', 'brainstorm', 'planning', 'support')) NOT VALID,
    ADD CONSTRAINT conversations_mode_check CHECK (mode IN ('solo', 'group')) NOT VALID;
ALTER TABLE public.conversations
    VALIDATE CONSTRAINT conversations_module_check,
    VALIDATE CONSTRAINT conversations_mode_check;

-- What brainstorm and planning are told of a person, who writes it in the profile.
ALTER TABLE public.user_profiles
    ADD COLUMN preferences text[] NOT NULL DEFAULT '{}',
    ADD COLUMN constraints text[] NOT NULL DEFAULT '{}',
    ADD COLUMN past_destinations text[] NOT NULL DEFAULT '{}',
    ADD COLUMN wishlist_regions text[] NOT NULL DEFAULT '{}';

-- The text of this purpose now names these parts of the profile.
UPDATE mend.consent_purposes SET valid_since = date '2026-11-29' WHERE purpose = 'ai_lookups';
