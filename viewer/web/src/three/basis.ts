/**
 * The transcoder of KTX2 textures (Basis Universal, as three.js has it) without functions made from
 * strings, which the page's policy forbids: it has 'wasm-unsafe-eval', not 'unsafe-eval'.
 *
 * Its wrapper around the wasm (Emscripten's embind) writes two kinds of functions as text: those that
 * call C++, and those by which C++ calls JavaScript. Both are put in here as closures that do the same.
 */

/** Calls C++: every argument is made ready, and freed after. */
const INVOKER = `function (...given) {
  if (given.length !== argCount - 2)
    throwBindingError("function " + humanName + " called with " + given.length + " arguments, expected " + (argCount - 2));
  const destructors = needsDestructorStack ? [] : null;
  const wired = isClassMethodFunc ? [argTypes[1].toWireType(destructors, this)] : [];
  for (let i = 2; i < argCount; i++) wired.push(argTypes[i].toWireType(destructors, given[i - 2]));
  const result = cppInvokerFunc(cppTargetFunc, ...wired);
  if (needsDestructorStack) runDestructors(destructors);
  else {
    const first = isClassMethodFunc ? 1 : 2;
    for (let i = first; i < argCount; i++) argTypes[i].destructorFunction?.(wired[i - first]);
  }
  if (returns) return argTypes[0].fromWireType(result);
}`;

/** Is called by C++: the arguments lie one after another in its memory. */
const CALLER = `function (object, target, destructorsRef, pointer) {
  let at = pointer;
  const values = types.map((type) => {
    const value = type.readValueFromPointer(at);
    at += type.argPackAdvance;
    return value;
  });
  const result = kind === 1 ? new target(...values) : kind === 0 ? target.call(object, ...values) : target.call(...values);
  if (!retType.isVoid) return emval_returnValue(retType, destructorsRef, result);
}`;

const CHANGES = [
  ["newFunc(Function,args)(...closureArgs)", INVOKER],
  ["newFunc(Function,params)(...args)", CALLER],
] as const;

/** The same program without text that becomes a function. Throws for one that it does not know. */
export function withoutEval(transcoder: string): string {
  let changed = transcoder;
  for (const [text, closure] of CHANGES) {
    if (changed.split(text).length !== 2) throw new Error(`basis_transcoder.js: expected ${text} once`);
    changed = changed.replace(text, () => closure);
  }
  return changed;
}
