import type { Command } from 'commander'
import { day } from '../../../domain/duration.ts'
import { tenantId as defaultTenantId } from '../../../provisioning/entra/client.ts'
import { provisioningObjectId, workloadAppId } from '../../../provisioning/entra/credentials/microsoft.ts'
import { startTokenService, type TokenService } from '../../../provisioning/entra/token-service.ts'
import { CliError, wrongUse } from '../cli-error.ts'
import { parseDuration } from '../options.ts'
import { createSession } from '../session.ts'
import { formatRecord } from '../table.ts'

export type IssuerOptions = {
  readonly port: number
  readonly tenantId?: string
  readonly rotate?: string
  readonly asMicrosoft?: true
}

export async function issuer(options: IssuerOptions, command: Command): Promise<void> {
  const { port, tenantId = defaultTenantId, asMicrosoft = false } = options
  const rotation = rotationOf(options)
  const service = await start({ port, tenantId: tenantId.toLowerCase(), asMicrosoft })
  const details = detailsOf(service, tenantId.toLowerCase())
  createSession(command).show(details, formatDetails(details))
  const timer = rotation === undefined ? undefined : setInterval(() => void service.rotateKeys(), rotation)
  await interrupted()
  clearInterval(timer)
  await service.close()
}

function rotationOf({ rotate }: IssuerOptions): number | undefined {
  if (rotate === undefined) return undefined
  const interval = parseDuration(rotate)
  if (interval === 0 || interval > maxInterval) throw wrongUse('--rotate must be from 1s to 24d.')
  return interval
}

/** The longest interval of a Node.js timer is 24.8 days. */
const maxInterval = 24 * day

async function start(options: Parameters<typeof startTokenService>[0]): Promise<TokenService> {
  try {
    return await startTokenService(options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new CliError(`Port ${options.port} is in use. Choose another with --port.`)
    if (code === 'EACCES')
      throw new CliError(`Port ${options.port} is not allowed. Choose another with --port.`)
    throw error
  }
}

const detailsOf = ({ address, issuers, keys }: TokenService, tenantId: string) => ({
  address,
  issuerV1: issuers.v1,
  issuerV2: issuers.v2,
  keys,
  tenantId,
  workloadAppId,
  subject: provisioningObjectId,
})

type Details = ReturnType<typeof detailsOf>

const formatDetails = ({ address, issuerV1, issuerV2, keys, tenantId, workloadAppId, subject }: Details) =>
  [
    formatRecord([
      ['issuer, v1', issuerV1],
      ['issuer, v2', issuerV2],
      ['keys', keys],
      ['tenant ID', tenantId],
      ['workload app ID', workloadAppId],
      ['subject', subject],
    ]),
    'It issues tokens to every program on this machine. Trust its keys for tests only.',
    '',
    'Secret Token left empty:',
    `  scimulator entra sync --auth entra-token --issuer ${address} …`,
    'Workload identity federation:',
    `  scimulator entra sync --auth federation --issuer ${address} --token-endpoint … --client-id … …`,
    '',
    'Press Ctrl-C to stop.',
    '',
  ].join('\n')

const interrupted = () =>
  new Promise<void>(resolve => {
    const stop = () => {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
