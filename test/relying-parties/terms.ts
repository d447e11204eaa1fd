const names = { name: 'Reconnaître la personne', given_name: 'S’adresser à elle' };

/** A contract in which everything is said, of name and school alone. */
export const TERMS = {
  publisher: {
    legal_name: 'Les Rayons',
    contact: 'bonjour@les-rayons.example',
    data_protection_officer: 'dpo@les-rayons.example',
  },
  purpose: 'Prêter des livres',
  legal_basis: 'Mission d’intérêt public',
  retention: 'Jusqu’au retour du dernier livre',
  claims: {
    pupil: { ...names, establishments: 'Trouver le CDI' },
    guardian: { ...names },
    teacher: { ...names, establishments: 'Trouver le CDI' },
    staff: { ...names },
  },
};
