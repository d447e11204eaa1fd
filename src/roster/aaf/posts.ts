import type { Post } from '../entry.ts';
import { parseFunction } from '../values.ts';

/** Functions whose holders teach (SDET profiles National_ENS and National_DOC). */
const TEACHING = new Set(['ENS', 'DOC']);
const NO_FUNCTION = /^-?$/;

/** Staff attributes with `etab$…` inside → posts by structure key, before the keys are turned into UAI codes. */
export interface RawPost extends Omit<Post, 'uai'> {
  structure: string;
}

interface StaffAttributes {
  functions: string[];
  classes: string[];
  mainClasses: string[];
  attachedTo: string[];
  facesPupils: boolean;
}

/** One post per establishment and profile: a deputy head who teaches one class has two. */
export function parsePosts(attributes: StaffAttributes): RawPost[] {
  const posts = new Map<string, RawPost>();
  const post = (structure: string, profile: Post['profile']) => {
    const id = `${structure} ${profile}`;
    const known = posts.get(id) ?? { structure, profile, functions: [], classes: [], mainClasses: [] };
    posts.set(id, known);
    return known;
  };
  for (const value of attributes.functions) {
    const [structure = '', code = ''] = value.split('$', 2);
    addFunction(post, structure.trim(), parseFunction(code) ?? '', attributes.facesPupils);
  }
  for (const value of attributes.classes) addClass(post, value, 'classes');
  for (const value of attributes.mainClasses) addClass(post, value, 'mainClasses');
  const found = [...posts.values()];
  for (const structure of attributes.attachedTo) {
    if (found.length === 0) post(structure.trim(), attributes.facesPupils ? 'teacher' : 'staff');
  }
  return [...posts.values()].filter(({ structure }) => structure !== '');
}

/** `etab$fonction$…`, where the function may be left out. */
export function isReadableFunction(value: string): boolean {
  const [, code = ''] = value.split('$', 2);
  return code.trim() === '' || parseFunction(code) !== undefined;
}

type PostOf = (structure: string, profile: Post['profile']) => RawPost;

function addFunction(post: PostOf, structure: string, code: string, facesPupils: boolean): void {
  if (NO_FUNCTION.test(code)) return void post(structure, facesPupils ? 'teacher' : 'staff');
  const { functions } = post(structure, TEACHING.has(code) ? 'teacher' : 'staff');
  if (!functions.includes(code)) functions.push(code);
}

/** ENTAuxEnsClassesMatieres `etab$classe$matière`, ENTAuxEnsClassesPrincipal `etab$classe`. */
function addClass(post: PostOf, value: string, list: 'classes' | 'mainClasses'): void {
  const [structure = '', code = ''] = value.split('$', 2);
  if (!code.trim()) return;
  const teacher = post(structure.trim(), 'teacher');
  for (const into of list === 'classes' ? [teacher.classes] : [teacher.classes, teacher.mainClasses]) {
    if (!into.includes(code.trim())) into.push(code.trim());
  }
}
