/** A secret, and what is shown in its place. */
export type Secret = { readonly text: string; readonly shown: string }

/** Secrets that nobody has to name: texts of a form, all of which begin alike. */
export type SecretForm = {
  readonly beginning: string
  /** Matches the whole of one; global. */
  readonly whole: RegExp
  readonly shown: (text: string) => string
}

/** Takes secrets out of texts, however they are written there: as they are, with the escapes of URLs and JSON, in base64. */
export type Hide = {
  /** Whether there may be anything to take out of these texts: cheap, since it is asked of every request. */
  readonly isNeeded: (texts: readonly (string | undefined)[]) => boolean
  readonly from: (text: string) => string
  /** What is shown is percent-encoded. */
  readonly fromUrl: (url: string) => string
}

const escapes = /%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/]/gi
/** A URL in a URL and JSON within a JSON string; deeper ones are nobody's mistake. */
const mostLayers = 3

/** `secrets` come longest first, or one that begins with another would leave its rest. */
export function createHide(secrets: readonly Secret[], form?: SecretForm): Hide {
  const plainProbes = [
    ...(form ? [form.beginning] : []),
    ...secrets.flatMap(({ text }) => formsOf(text.slice(0, probeLength))),
  ]
  const probes = [...plainProbes, ...secrets.flatMap(({ text }) => base64CoresOf(text.slice(0, probeLength)))]
  const mayHold = (text: string): boolean =>
    probes.some(probe => text.includes(probe)) ||
    layersOf(text).some(layer => plainProbes.some(probe => layer.includes(probe)))

  const hideOne = (text: string, secret: Secret, shown: string) => {
    const forms = formsOf(secret.text)
    const plain = forms.reduce((left, form) => left.replaceAll(form, () => shown), text)
    const encoded = base64CoresOf(secret.text).reduce(
      (left, core) => (left.includes(core) ? withoutRun(left, core, shown) : left),
      plain,
    )
    return forms.reduce((left, form) => withoutEscaped(left, form, shown), encoded)
  }
  const hide = (text: string, as: Show) => {
    if (!mayHold(text)) return text
    const left = secrets.reduce((rest, secret) => hideOne(rest, secret, as(secret.shown)), text)
    return form ? left.replace(form.whole, found => as(form.shown(found))) : left
  }
  return {
    isNeeded: texts => texts.some(text => text !== undefined && text !== '' && mayHold(text)),
    from: text => hide(text, shown => shown),
    fromUrl: url => hide(url, encodeURIComponent),
  }
}

/** Short texts are sought much faster; where the beginning of a token is, the whole is sought. */
const probeLength = 16

type Show = (shown: string) => string

/** Percent-encoding of what isn't ASCII can't be read character by character. */
const formsOf = (text: string): readonly string[] => {
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
function base64CoresOf(text: string): readonly string[] {
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
function withoutRun(text: string, core: string, shown: string): string {
  let from = text.indexOf(core)
  let kept = ''
  let end = 0
  while (from >= 0) {
    let start = from
    while (start > end && ofBase64.test(text.charAt(start - 1))) start -= 1
    kept += text.slice(end, start) + shown
    end = from + core.length
    while (end < text.length && ofBase64.test(text.charAt(end))) end += 1
    from = text.indexOf(core, end)
  }
  return kept + text.slice(end)
}

/** The text with a layer of escapes taken off, and another where that leaves more. */
function layersOf(text: string): readonly string[] {
  const layers: string[] = []
  let last = text
  while (layers.length < mostLayers && /[%\\]/.test(last)) {
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

/** The text without the places that read `hidden` once their escapes are taken off. */
function withoutEscaped(text: string, hidden: string, shown: string): string {
  let left = text
  for (let layer = 1; layer <= layersOf(left).length; layer += 1) {
    if (!layersOf(left)[layer - 1]?.includes(hidden)) continue
    const { read, starts } = withPlaces(left, layer)
    let kept = ''
    let end = 0
    for (let at = read.indexOf(hidden); at >= 0; at = read.indexOf(hidden, at + hidden.length)) {
      kept += left.slice(end, starts[at]) + shown
      end = starts[at + hidden.length] ?? left.length
    }
    left = kept + left.slice(end)
  }
  return left
}

/** A text without so many layers of escapes, and where in it each character began. */
function withPlaces(
  text: string,
  layers: number,
): { readonly read: string; readonly starts: readonly number[] } {
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
  return { read, starts }
}
