/** Old books that belong to everybody; the loans are made up. */
export const LOANS = [
  { title: 'Vingt mille lieues sous les mers', author: 'Jules Verne', cover: 'sea', dueInDays: 9 },
  { title: 'La Petite Fadette', author: 'George Sand', cover: 'field', dueInDays: 16 },
];

export const SHELF = [
  { title: 'Les Trois Mousquetaires', author: 'Alexandre Dumas', cover: 'wine' },
  { title: 'Le Roman de Renart', author: 'anonyme', cover: 'fox' },
  { title: 'Contes', author: 'Marie-Catherine d’Aulnoy', cover: 'night' },
];
