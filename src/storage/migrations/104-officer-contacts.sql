-- A contact that was mistyped with an invitation is replaced while the account is dormant.
grant update on officer_invitations to preau_app;
