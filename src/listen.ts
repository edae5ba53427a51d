import type { FastifyInstance } from 'fastify'

/** Why the server can't start, in one sentence that says what to do. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}

export type Binding = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The flags that name host and port, for the sentence that says what to change. */
  readonly flags: { readonly host: string; readonly port: string }
}

/** Listens, and answers the URL at which people on this machine reach it. Throws StartError. */
export async function listen(
  app: FastifyInstance,
  { host, port, flags }: Binding,
  scheme: string,
): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new StartError(sentenceFor(error, host, port, flags), { cause: error })
  }
  const [address] = app.addresses()
  return `${scheme}://${urlHost(host)}:${address && typeof address === 'object' ? address.port : port}`
}

function sentenceFor(error: unknown, host: string, port: number, flags: Binding['flags']): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program: stop that one, or choose another with ${flags.port}.`
  }
  if (code === 'EACCES')
    return `Port ${port} needs rights that this process lacks: choose one above 1023 with ${flags.port}.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `This machine has no address ${host}: choose another with ${flags.host}.`
  }
  return `Can't listen on ${host}:${port} (${error instanceof Error ? error.message : error}).`
}

const urlHost = (host: string) => {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

export const isLoopback = (host: string): boolean => /^(127(\.\d+){3}|::1|localhost)$/i.test(host)
