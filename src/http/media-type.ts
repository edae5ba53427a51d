type MediaTypes = readonly [string, ...string[]]

/**
 * The media type of an answer (RFC 7644 §3.8): the first of those that are offered, unless the client accepts only
 * another. A client that accepts none of them gets the first, too: RFC 9110 §12.5.1 lets a server pass over
 * `Accept`, and a refusal would have to be in some media type as well.
 */
export function mediaTypeFor(offered: MediaTypes, accept: string | undefined): string {
  const [first, ...others] = offered
  if (others.length === 0 || accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = accept.toLowerCase().split(',').map(readRange)
  return offered.find(type => isAccepted(type, ranges)) ?? first
}

type Range = { readonly range: string; readonly isRefused: boolean }

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim())
  return { range, isRefused: parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter)) }
}

/** RFC 9110 §12.5.1: the range that fits most closely counts. */
function isAccepted(type: string, ranges: readonly Range[]): boolean {
  const [main] = type.split('/')
  const closest = [type, `${main}/*`, '*/*']
    .map(wanted => ranges.find(({ range }) => range === wanted))
    .find(range => range !== undefined)
  return closest !== undefined && !closest.isRefused
}
