import type { SeededRandom } from './random.ts';

/** First names many share; surnames, towns and schools nobody has: put together from syllables. */
const GIVEN = (
  'Adam Adèle Agathe Aïcha Alice Amina Anaïs Anatole Anouk Antonin Apolline Aya Baptiste Basile Bilal Camille ' +
  'Capucine Célia Chloé Clarisse Clémence Côme Daphné Diane Éléonore Élias Élise Emma Énora Esteban Éva Fanny Farid ' +
  'Félix Flavie Gaspard Gaël Hélène Hugo Ibrahim Inès Ismaël Jade Jeanne Joachim Joséphine Jules Kenza Lena Léa ' +
  'Léonie Lila Lina Loïc Louise Loup Luna Maël Maïa Malik Manon Marceau Marius Maud Mehdi Mélina Milo Naël Nina Noé ' +
  'Noémie Nour Octave Olympe Oscar Pénélope Quentin Rachel Raphaël Rémi Romane Rose Roxane Samuel Sarah Simon Sofia ' +
  'Solène Tess Théo Thaïs Tiago Tom Ulysse Valentine Victor Violette Yanis Yaël Zacharie Zélie Zoé'
).split(' ');
const STARTS =
  'Al Bar Bé Bor Bri Cal Cha Cor Dal Del Dor Du Fal Fé For Gar Gré Hal Jou Ker La Lau Lé Mar Mé Mon Nau Or Pel Pré Rou Sal Sau Ser Tal Tré Val Ver Vi Ys'.split(
    ' ',
  );
const MIDDLES =
  'ba bé bi ca co da dé do fa gui la lé li lo ma mi mo na né ni no ra ré ri ro sa sé so ta té ti vi'.split(
    ' ',
  );
const ENDS =
  'bert court dal deau dier don dou gnac lard leau let lin mont nac nard nel nier quet rand raud reau ret rier roy ry sac sart taud tel tier toux val veau vel vigne villé zac zel'.split(
    ' ',
  );

export function givenName(random: SeededRandom): string {
  const name = random.pick(GIVEN);
  return random.chance(0.04) ? `${name}-${random.pick(GIVEN)}` : name;
}

export function familyName(random: SeededRandom): string {
  const name = madeUp(random).toLocaleUpperCase('fr');
  return random.chance(0.05) ? `${name}-${madeUp(random).toLocaleUpperCase('fr')}` : name;
}

export function placeName(random: SeededRandom): string {
  return madeUp(random).toLocaleUpperCase('fr');
}

function madeUp(random: SeededRandom): string {
  const middle = random.chance(0.7) ? random.pick(MIDDLES) : '';
  return random.pick(STARTS) + middle + random.pick(ENDS);
}

/** Local part of a mail address under a domain that can never exist (RFC 2606). */
export function mailOf(given: string, family: string, number: number, domain: string): string {
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z-]/g, '');
  return `${plain(given)}.${plain(family)}${number}@${domain}`;
}

/** 06 39 98 …: kept for fiction by the French numbering plan. */
export function mobileOf(random: SeededRandom): string {
  const digits = String(random.below(10_000)).padStart(4, '0');
  return `+33 6 39 98 ${digits.slice(0, 2)} ${digits.slice(2)}`;
}
