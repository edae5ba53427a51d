import { createTextFinder } from '../text-finder.ts'

export type Secret = { readonly text: string; readonly placeholder: string }

/** Shorter texts are too common to be redacted wherever they occur. */
export const minSecretLength = 8

export type SecretPattern = {
  readonly prefix: string
  readonly pattern: RegExp
  readonly placeholderFor: (text: string) => string
}

/** Removes secrets from texts: plain, with the escapes of URLs and JSON, and in base64. */
export type Redactor = {
  /** Whether these texts may contain a secret. Cheap, since it is called for every request. */
  readonly mayContainSecret: (texts: readonly string[]) => boolean
  readonly redact: (text: string) => string
  /** Percent-encodes the placeholders. */
  readonly redactUrl: (url: string) => string
}

const escapes = /%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/]/gi
/** A URL in a URL, JSON within a JSON string. Deeper nesting does not happen by mistake. */
const maxLayers = 3

type SecretForms = Secret & { readonly forms: readonly string[]; readonly cores: readonly string[] }

/** `secrets` must be sorted by length, longest first: otherwise the rest of a longer one would remain. */
export function createRedactor(
  secrets: readonly Secret[],
  patterns: readonly SecretPattern[] = [],
): Redactor {
  const plainProbes = [
    ...patterns.map(({ prefix }) => prefix),
    ...secrets.flatMap(({ text }) => secretForms(text.slice(0, probeLength))),
  ]
  const probes = withoutImplied([
    ...plainProbes,
    ...secrets.flatMap(({ text }) => base64Cores(text.slice(0, probeLength))),
  ])
  const finders = probes.map(secrets.length <= maxSecretsFoundFast ? createTextFinder : findPlainly)
  const haveQuotes = plainProbes.some(probe => probe.includes('"'))
  const mayContain = (text: string): boolean =>
    finders.some(isIn => isIn(text)) ||
    ((haveQuotes || hasOtherEscapes(text)) &&
      unescapedLayers(text).some(layer => plainProbes.some(probe => layer.includes(probe))))

  const redactAs = (text: string, as: RenderPlaceholder) => {
    if (!mayContain(text)) return text
    const targets = secrets.map(
      (secret): SecretForms => ({
        text: secret.text,
        placeholder: as(secret.placeholder),
        forms: secretForms(secret.text),
        cores: base64Cores(secret.text),
      }),
    )
    const whole = replaceEscaped(targets.reduce(replacePlain, text), targets)
    const left = whole.includes(ellipsis) ? targets.reduce(replaceCut, whole) : whole
    return patterns.reduce(
      (rest, { pattern, placeholderFor }) => rest.replace(pattern, found => as(placeholderFor(found))),
      left,
    )
  }
  return {
    mayContainSecret: texts => texts.some(mayContain),
    redact: text => redactAs(text, placeholder => placeholder),
    redactUrl: url => redactAs(url, encodeURIComponent),
  }
}

/** For several secrets, the fast search would take a millisecond each, and `String.includes` next to nothing. */
const maxSecretsFoundFast = 1

const findPlainly = (searched: string) => (text: string) => text.includes(searched)

function replacePlain(text: string, { forms, cores, placeholder }: SecretForms): string {
  const plain = forms.reduce((left, form) => left.replaceAll(form, () => placeholder), text)
  return cores.reduce(
    (left, core) => (left.includes(core) ? replaceBase64Run(left, core, placeholder) : left),
    plain,
  )
}

const ellipsis = '…'

/** Replaces the beginning of a secret where an excerpt was cut within it. Goes on behind each match, so that it is linear. */
function replaceCut(text: string, { text: secret, placeholder }: SecretForms): string {
  const probe = secret.slice(0, probeLength)
  if (probe.length < probeLength) return text
  let kept = ''
  let end = 0
  for (let from = text.indexOf(probe); from >= 0; from = text.indexOf(probe, from)) {
    let length = probeLength
    while (length < secret.length && text[from + length] === secret[length]) length += 1
    const cut = from + length
    if (text[cut] === ellipsis) {
      kept += text.slice(end, from) + placeholder
      end = cut
    }
    from = cut
  }
  return kept + text.slice(end)
}

/** Short texts are found much faster: the whole secret is searched only where its beginning occurs. */
const probeLength = 16

type RenderPlaceholder = (placeholder: string) => string

/** Percent-encoded characters outside of ASCII can't be decoded one by one. */
const secretForms = (text: string): readonly string[] => {
  if (/^[\w.~-]*$/.test(text)) return [text]
  const encoded = encodeURIComponent(text.toWellFormed())
  return [...new Set([text, encoded, JSON.stringify(text).slice(1, -1)])]
}

/** The cores of shorter texts occur by chance. */
const minBase64Length = 8

/** One part for each of the three alignments to groups of three bytes, in both alphabets (RFC 4648 §5). */
function base64Cores(text: string): readonly string[] {
  if (text.length < minBase64Length) return []
  return [0, 1, 2].flatMap(before => {
    const bytes = Buffer.from(' '.repeat(before) + text)
    const core = bytes
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
    return /[+/]/.test(core) ? [core, core.replaceAll('+', '-').replaceAll('/', '_')] : [core]
  })
}

/** Comparing more of them with each other takes longer than searching for them. */
const maxCompared = 500

/** A text that contains a probe also contains the probes within it. */
const withoutImplied = (probes: readonly string[]): readonly string[] =>
  probes.length > maxCompared
    ? probes
    : probes.filter((probe, at) => !probes.some((other, index) => isImplied(probe, at, other, index)))

const isImplied = (probe: string, at: number, other: string, index: number): boolean =>
  index !== at && probe.includes(other) && (probe !== other || index < at)

/** Decoding escapes of quotes, which JSON within JSON is full of, makes no other escapes. */
function hasOtherEscapes(text: string): boolean {
  if (text.includes('%')) return true
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) {
    if (text.charCodeAt(at + 1) !== quoteUnit) return true
  }
  return false
}

const quoteUnit = 0x22

const base64Character = /[\w+/=-]/

function replaceBase64Run(text: string, core: string, placeholder: string): string {
  let from = text.indexOf(core)
  let kept = ''
  let end = 0
  while (from >= 0) {
    let start = from
    while (start > end && base64Character.test(text.charAt(start - 1))) start -= 1
    kept += text.slice(end, start) + placeholder
    end = from + core.length
    while (end < text.length && base64Character.test(text.charAt(end))) end += 1
    from = text.indexOf(core, end)
  }
  return kept + text.slice(end)
}

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

function replaceEscaped(text: string, secrets: readonly SecretForms[]): string {
  let left = text
  // Decoding a long text is the slowest step, so it is done once for all secrets.
  let layers = unescapedLayers(left)
  for (let layer = 0; layer < layers.length; layer += 1) {
    const found = findSpans(layers[layer] ?? '', secrets)
    if (found.length === 0) continue
    left = replaceSpans(left, layer + 1, found)
    layers = unescapedLayers(left)
  }
  return left
}

type SecretSpan = { readonly from: number; readonly to: number; readonly placeholder: string }

function findSpans(text: string, secrets: readonly SecretForms[]): readonly SecretSpan[] {
  const found: SecretSpan[] = []
  for (const { forms, placeholder } of secrets) {
    for (const form of forms) {
      for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + form.length))
        found.push({ from, to: from + form.length, placeholder })
    }
  }
  // Sorting is stable: of spans with the same start, the longest is first.
  found.sort((one, other) => one.from - other.from)
  const merged: SecretSpan[] = []
  for (const span of found) {
    const last = merged.at(-1)
    if (last === undefined || span.from >= last.to) merged.push(span)
    else merged[merged.length - 1] = { ...last, to: Math.max(last.to, span.to) }
  }
  return merged
}

function replaceSpans(text: string, layers: number, spans: readonly SecretSpan[]): string {
  const starts = characterStarts(text, layers)
  let kept = ''
  let end = 0
  for (const { from, to, placeholder } of spans) {
    kept += text.slice(end, starts[from]) + placeholder
    end = starts[to] ?? text.length
  }
  return kept + text.slice(end)
}

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
