/** Made once for each object, which never changes, and forgotten with it. */
export function onceFor<Of extends object, Made extends object>(make: (of: Of) => Made): (of: Of) => Made {
  const known = new WeakMap<Of, Made>();
  return (of) => {
    const before = known.get(of);
    if (before) return before;
    const made = make(of);
    known.set(of, made);
    return made;
  };
}
