import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { fetch as fetchOfUndici } from 'undici'

/**
 * The addresses to which the server sends no request, or not every one. `reserved`: multicast, broadcast and unspecified.
 * `translated`: an IPv6 address that stands for one of the other IPv4 addresses, or for an IPv4 address that cannot be known.
 */
export type AddressKind = 'metadata' | 'link-local' | 'loopback' | 'reserved' | 'translated'

type Range = {
  /** CIDR, RFC 4632 and RFC 4291 §2.3. */
  readonly cidr: string
  readonly kind: AddressKind
  readonly name: string
  readonly source: string
}

/** Ranges by kind: an address has the kind of the first range that contains it. */
export const addressRanges: readonly Range[] = [
  {
    cidr: '169.254.169.254/32',
    kind: 'metadata',
    name: 'instance metadata of AWS, Azure, Google Cloud, OpenStack and others',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  },
  {
    cidr: 'fd00:ec2::254/128',
    kind: 'metadata',
    name: 'instance metadata of AWS over IPv6',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  },
  {
    cidr: '169.254.170.2/32',
    kind: 'metadata',
    name: 'credentials of tasks in Amazon ECS',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html',
  },
  {
    cidr: '169.254.170.23/32',
    kind: 'metadata',
    name: 'Pod Identity agent of Amazon EKS',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
  },
  {
    cidr: 'fd00:ec2::23/128',
    kind: 'metadata',
    name: 'Pod Identity agent of Amazon EKS over IPv6',
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html',
  },
  {
    cidr: '168.63.129.16/32',
    kind: 'metadata',
    name: 'platform services of Azure',
    source: 'https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16',
  },
  {
    cidr: 'fd20:ce::254/128',
    kind: 'metadata',
    name: 'metadata server of Google Cloud over IPv6',
    source: 'https://cloud.google.com/compute/docs/metadata/querying-metadata',
  },
  {
    cidr: 'fd00:42::42/128',
    kind: 'metadata',
    name: 'instance metadata of Scaleway over IPv6',
    source: 'https://docs.cloud-init.io/en/latest/reference/datasources/scaleway.html',
  },
  {
    cidr: '100.100.100.200/32',
    kind: 'metadata',
    name: 'instance metadata of Alibaba Cloud',
    source: 'https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata',
  },
  {
    cidr: '192.0.0.192/32',
    kind: 'metadata',
    name: 'instance metadata of Oracle Cloud Infrastructure Classic',
    source:
      'https://docs.oracle.com/en/cloud/iaas/compute-iaas-cloud/stcsg/retrieving-instance-metadata.html',
  },
  { cidr: '169.254.0.0/16', kind: 'link-local', name: 'link-local', source: 'RFC 3927' },
  { cidr: 'fe80::/10', kind: 'link-local', name: 'link-local', source: 'RFC 4291 §2.5.6' },
  { cidr: '127.0.0.0/8', kind: 'loopback', name: 'loopback', source: 'RFC 1122 §3.2.1.3' },
  { cidr: '::1/128', kind: 'loopback', name: 'loopback', source: 'RFC 4291 §2.5.3' },
  { cidr: '0.0.0.0/8', kind: 'reserved', name: 'this network', source: 'RFC 791 §3.2' },
  { cidr: '::/128', kind: 'reserved', name: 'unspecified', source: 'RFC 4291 §2.5.2' },
  { cidr: '224.0.0.0/4', kind: 'reserved', name: 'multicast', source: 'RFC 5771' },
  { cidr: '255.255.255.255/32', kind: 'reserved', name: 'limited broadcast', source: 'RFC 919 §7' },
  { cidr: 'ff00::/8', kind: 'reserved', name: 'multicast', source: 'RFC 4291 §2.7' },
  { cidr: '64:ff9b:1::/48', kind: 'translated', name: 'translation of one network', source: 'RFC 8215' },
  { cidr: '2001::/32', kind: 'translated', name: 'Teredo', source: 'RFC 4380' },
]

/** IPv6 prefixes before an IPv4 address. A block list itself matches IPv4-mapped addresses, `::ffff:0:0/96`. */
const translationPrefixes: readonly {
  readonly groups: string
  readonly bits: number
  readonly source: string
}[] = [
  { groups: '::', bits: 96, source: 'IPv4-compatible, RFC 4291 §2.5.5.1' },
  { groups: '::ffff:0:', bits: 96, source: 'IPv4-translated, RFC 2765 §2.1' },
  { groups: '64:ff9b::', bits: 96, source: 'NAT64, RFC 6052 §2.1' },
  { groups: '2002:', bits: 16, source: '6to4, RFC 3056 §2' },
]

const kinds: readonly AddressKind[] = ['metadata', 'link-local', 'loopback', 'reserved', 'translated']

/** Created when the first address is classified: that takes 4 ms, and few servers send requests. */
let lists: ReadonlyMap<AddressKind, BlockList> | undefined

function createLists(): ReadonlyMap<AddressKind, BlockList> {
  const created = new Map(kinds.map(kind => [kind, new BlockList()]))
  for (const { cidr, kind } of addressRanges) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    created.get(kind)?.addSubnet(address, Number(bits), family)
    if (family === 'ipv6') continue
    for (const prefix of translationPrefixes) {
      created.get('translated')?.addSubnet(translated(address, prefix), prefix.bits + Number(bits), 'ipv6')
    }
  }
  return created
}

function translated(
  ipv4: string,
  { groups, bits }: { readonly groups: string; readonly bits: number },
): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  const hex = [(a << 8) | b, (c << 8) | d].map(group => group.toString(16)).join(':')
  return groups + hex + (bits + 32 < 128 ? '::' : '')
}

/** The kind of an IP address; undefined for all others, such as public and private ones. */
export function classifyAddress(address: string): AddressKind | undefined {
  // A link-local address may name its interface: fe80::1%eth0.
  const [plain = ''] = address.split('%')
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  lists ??= createLists()
  const created = lists
  return kinds.find(kind => created.get(kind)?.check(plain, family))
}

/** The host of a URL, an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

export const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/i.test(host)

/** Whether a browser resolves this host name to its own machine, as it does for all names below `localhost`. */
export const isLocalName = (name: string): boolean => isLoopback(name) || /\.localhost$/i.test(name)

export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

class RefusedAddressError extends Error {}

type CheckedFetchOptions = {
  readonly refuses: (address: string, hostname: string) => boolean
  /** Milliseconds for a connection. */
  readonly timeout: number
  /** Whether the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY count. A proxy resolves names itself. */
  readonly useProxy?: boolean
  readonly resolveHost?: ResolveHost | undefined
}

type CheckedFetch = {
  /** As `fetch`. The cause of its error is a RefusedAddressError if an address of the host is refused. */
  readonly fetch: typeof fetchOfUndici
  close(): Promise<void>
}

/** Checks addresses when a connection is opened, so a second DNS response cannot differ (OWASP, SSRF prevention). */
export function createCheckedFetch(options: CheckedFetchOptions): CheckedFetch {
  const { refuses, timeout, useProxy = false, resolveHost = lookup } = options
  let client: ReturnType<typeof loadClient> | undefined
  /** Loaded for the first request: that takes 90 ms, and most servers send none. */
  const loadClient = async () => {
    // A bundled CommonJS module has only its default export.
    const { Agent, EnvHttpProxyAgent, fetch } = (await import('undici')).default
    const connect = { lookup: createLookup(resolveHost, refuses), timeout }
    return { fetch, agent: useProxy ? new EnvHttpProxyAgent({ connect }) : new Agent({ connect }) }
  }
  return {
    async fetch(input, init) {
      const url = URL.parse(String(input))
      const host = url ? hostOf(url) : ''
      if (isIP(host) !== 0 && refuses(host, host)) throw new RefusedAddressError()
      client ??= loadClient()
      const { fetch, agent } = await client
      return fetch(input, { ...init, dispatcher: agent })
    },
    async close() {
      const loaded = await client
      await loaded?.agent.destroy()
    },
  }
}

/** Rejects a name if any of its addresses is refused. */
export function createLookup(
  resolveHost: ResolveHost,
  refuses: CheckedFetchOptions['refuses'],
): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, [])
      const [first] = addresses
      if (!first || addresses.some(({ address }) => refuses(address, hostname))) {
        return callback(new RefusedAddressError(), [])
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

/** An error and its causes, the innermost first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = []
  let next = error
  while (next instanceof Error && causes.length < 10) {
    causes.push(next)
    if (next instanceof AggregateError) causes.push(...next.errors.filter(one => one instanceof Error))
    next = next.cause
  }
  return causes.reverse()
}

export const isRefusedAddress = (error: unknown): boolean =>
  causesOf(error).some(cause => cause instanceof RefusedAddressError)
