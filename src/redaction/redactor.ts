/** A secret, and what is shown in its place. */
export type Secret = { readonly text: string; readonly placeholder: string }

/** Shorter texts are too common to be taken out of data wherever they occur. */
export const minSecretLength = 8

/** Secrets that nobody has to name: texts of a form, all of which begin alike. */
export type SecretPattern = {
  readonly prefix: string
  /** Matches the whole of one; global. */
  readonly pattern: RegExp
  readonly placeholderFor: (text: string) => string
}

/** Removes secrets from texts, however they are written there: as they are, with the escapes of URLs and JSON, in base64. */
export type Redactor = {
  /** Whether these texts may hold a secret: cheap, since every request is tested. */
  readonly mayContainSecret: (texts: readonly (string | undefined)[]) => boolean
  readonly redact: (text: string) => string
  /** What is shown is percent-encoded. */
  readonly redactUrl: (url: string) => string
}

const escapes = /%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/]/gi
/** A URL in a URL and JSON within a JSON string; deeper ones are nobody's mistake. */
const maxLayers = 3

/** A secret, and the forms that are looked for. */
type SecretForms = Secret & { readonly forms: readonly string[]; readonly cores: readonly string[] }

/** `secrets` come longest first, or one that begins with another would leave its rest. */
export function createRedactor(secrets: readonly Secret[], form?: SecretPattern): Redactor {
  const plainProbes = [
    ...(form ? [form.prefix] : []),
    ...secrets.flatMap(({ text }) => secretForms(text.slice(0, probeLength))),
  ]
  const probes = [...plainProbes, ...secrets.flatMap(({ text }) => base64Cores(text.slice(0, probeLength)))]
  const mayHold = (text: string): boolean =>
    probes.some(probe => text.includes(probe)) ||
    unescapedLayers(text).some(layer => plainProbes.some(probe => layer.includes(probe)))

  const hide = (text: string, as: RenderPlaceholder) => {
    if (!mayHold(text)) return text
    const wanted = secrets.map(
      (secret): SecretForms => ({
        text: secret.text,
        placeholder: as(secret.placeholder),
        forms: secretForms(secret.text),
        cores: base64Cores(secret.text),
      }),
    )
    const left = replaceEscaped(wanted.reduce(replacePlain, text), wanted)
    return form ? left.replace(form.pattern, found => as(form.placeholderFor(found))) : left
  }
  return {
    mayContainSecret: texts => texts.some(text => text !== undefined && text !== '' && mayHold(text)),
    redact: text => hide(text, placeholder => placeholder),
    redactUrl: url => hide(url, encodeURIComponent),
  }
}

/** The text without the places where a secret stands in one of its forms, or in base64. */
function replacePlain(text: string, { forms, cores, placeholder }: SecretForms): string {
  const plain = forms.reduce((left, form) => left.replaceAll(form, () => placeholder), text)
  return cores.reduce(
    (left, core) => (left.includes(core) ? replaceBase64Run(left, core, placeholder) : left),
    plain,
  )
}

/** Short texts are found much faster: the whole is looked for only where its beginning occurs. */
const probeLength = 16

type RenderPlaceholder = (placeholder: string) => string

/** Percent-encoding of what isn't ASCII can't be read character by character. */
const secretForms = (text: string): readonly string[] => {
  if (/^[\w.~-]*$/.test(text)) return [text]
  const encoded = encodeURIComponent(text.toWellFormed())
  return [...new Set([text, encoded, JSON.stringify(text).slice(1, -1)])]
}

/** What is left of shorter ones may stand anywhere by chance. */
const shortestInBase64 = 8

/**
 * What stands in every base64 text that holds this one, whatever comes before it: of each of the three ways in which
 * its bytes may fall into groups, the characters that depend on no other bytes; in both alphabets (RFC 4648 §5).
 */
function base64Cores(text: string): readonly string[] {
  if (text.length < shortestInBase64) return []
  return [0, 1, 2].flatMap(before => {
    const bytes = Buffer.from(' '.repeat(before) + text)
    const core = bytes
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
    return /[+/]/.test(core) ? [core, core.replaceAll('+', '-').replaceAll('/', '_')] : [core]
  })
}

const ofBase64 = /[\w+/=-]/

/** The text without the runs of base64 that hold `core`. */
function replaceBase64Run(text: string, core: string, placeholder: string): string {
  let from = text.indexOf(core)
  let kept = ''
  let end = 0
  while (from >= 0) {
    let start = from
    while (start > end && ofBase64.test(text.charAt(start - 1))) start -= 1
    kept += text.slice(end, start) + placeholder
    end = from + core.length
    while (end < text.length && ofBase64.test(text.charAt(end))) end += 1
    from = text.indexOf(core, end)
  }
  return kept + text.slice(end)
}

/** The text with a layer of escapes taken off, and another where that leaves more. */
function unescapedLayers(text: string): readonly string[] {
  const layers: string[] = []
  let last = text
  while (layers.length < maxLayers && /[%\\]/.test(last)) {
    const next = last.replace(escapes, unescaped)
    if (next === last) break
    layers.push(next)
    last = next
  }
  return layers
}

const unescaped = (written: string): string =>
  /^\\["\\/]/.test(written)
    ? written.charAt(1)
    : String.fromCharCode(Number.parseInt(written.slice(written.startsWith('%') ? 1 : 2), 16))

/** The text without the places that read as a secret once their escapes are taken off, a layer at a time. */
function replaceEscaped(text: string, wanted: readonly SecretForms[]): string {
  let left = text
  // Of a long text, taking the escapes off takes longest: it is done once for all secrets.
  let layers = unescapedLayers(left)
  for (let layer = 0; layer < layers.length; layer += 1) {
    const found = findSpans(layers[layer] ?? '', wanted)
    if (found.length === 0) continue
    left = replaceSpans(left, layer + 1, found)
    layers = unescapedLayers(left)
  }
  return left
}

/** A part of a text, and what is shown in its place. */
type SecretSpan = { readonly from: number; readonly to: number; readonly placeholder: string }

/** Where the secrets stand, in order; those that overlap as one. */
function findSpans(text: string, wanted: readonly SecretForms[]): readonly SecretSpan[] {
  const found: SecretSpan[] = []
  for (const { forms, placeholder } of wanted) {
    for (const form of forms) {
      for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + form.length))
        found.push({ from, to: from + form.length, placeholder })
    }
  }
  // Sorting keeps the order of those that begin at the same place: the longest first.
  found.sort((one, other) => one.from - other.from)
  const joined: SecretSpan[] = []
  for (const stretch of found) {
    const last = joined.at(-1)
    if (last === undefined || stretch.from >= last.to) joined.push(stretch)
    else joined[joined.length - 1] = { ...last, to: Math.max(last.to, stretch.to) }
  }
  return joined
}

/** The text without stretches of what it reads once so many layers of escapes are taken off. */
function replaceSpans(text: string, layers: number, stretches: readonly SecretSpan[]): string {
  const starts = characterStarts(text, layers)
  let kept = ''
  let end = 0
  for (const { from, to, placeholder } of stretches) {
    kept += text.slice(end, starts[from]) + placeholder
    end = starts[to] ?? text.length
  }
  return kept + text.slice(end)
}

/** Where in a text each character begins that it reads once so many layers of escapes are taken off. */
function characterStarts(text: string, layers: number): readonly number[] {
  let read = text
  let starts = Array.from({ length: text.length + 1 }, (_, at) => at)
  for (let layer = 0; layer < layers; layer += 1) {
    const next: number[] = []
    let end = 0
    const plain = (until: number) => {
      for (; end < until; end += 1) next.push(starts[end] ?? 0)
    }
    for (const { index, 0: written } of read.matchAll(escapes)) {
      plain(index)
      next.push(starts[index] ?? 0)
      end = index + written.length
    }
    plain(read.length + 1)
    read = read.replace(escapes, unescaped)
    starts = next
  }
  return starts
}
