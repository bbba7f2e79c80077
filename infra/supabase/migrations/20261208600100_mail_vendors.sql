-- The receipts of erasures that are under way name the providers of mails as the data map does by now.
UPDATE mend.erasures SET
    vendors = vendors - 'Resend, SendGrid'
        || jsonb_build_object('Resend, SendGrid, Amazon SES', vendors -> 'Resend, SendGrid')
WHERE rechecked_at IS NULL AND vendors ? 'Resend, SendGrid';
