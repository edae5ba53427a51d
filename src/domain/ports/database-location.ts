/** Bytes. PostgreSQL cuts longer names off. */
const maxNameLength = 63

/** Why a text cannot name the schema of the tables, as the end of a sentence; undefined if it can. */
export function schemaProblem(name: string): string | undefined {
  if (!/^[^\0"]+$/.test(name) || !name.isWellFormed() || Buffer.byteLength(name) > maxNameLength) {
    return `must have 1 to ${maxNameLength} bytes, none of them a double quote`
  }
  // In a search path, it stands for the schema with the name of the role.
  if (name === '$user') return 'must be the name of a schema; "$user" is a placeholder in search paths'
  if (name.startsWith('pg_') || name === 'information_schema') {
    return `must not be "${name}": PostgreSQL reserves information_schema and names that begin with pg_`
  }
  return undefined
}

const hostsInUrl = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is

/**
 * The URL of each host of a URL that may name several, as libpq reads them: `postgres://user@a:5432,b:5432/database`, or lists in
 * the parameters `host` and `port`. Undefined for a text that is not such a URL.
 */
export function hostUrls(text: string): readonly string[] | undefined {
  const [, start, authority, rest] = hostsInUrl.exec(text) ?? []
  if (start === undefined || authority === undefined || rest === undefined) return undefined
  const urls = authority.split(',').map(host => `${start}${host}${rest}`)
  return urls.every(url => URL.canParse(url)) ? urls.flatMap(hostsInParameters) : undefined
}

/** The parameter `host` replaces the host of the URL. A single port is that of all hosts. */
function hostsInParameters(text: string): readonly string[] {
  const url = new URL(text)
  const hosts = url.searchParams.get('host')?.split(',') ?? []
  if (hosts.length < 2) return [text]
  const ports = url.searchParams.get('port')?.split(',') ?? []
  return hosts.map((host, at) => {
    const one = new URL(url)
    one.searchParams.set('host', host)
    const port = ports.length > 1 ? ports[at] : ports[0]
    if (port !== undefined) one.searchParams.set('port', port)
    return one.href
  })
}
