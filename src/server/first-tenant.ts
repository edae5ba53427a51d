import { accessSync, constants, lstatSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { writeFileAtomically } from '../persistence/private-files.ts'
import type { AccessKeyStore } from '../ports/access-keys.ts'
import type { IssuerStore } from '../ports/issuers.ts'
import type { OAuthClientStore } from '../ports/oauth-clients.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { newTokenText, tokenPrefix } from '../tenants/tokens.ts'
import { type Config, ConfigError } from './config.ts'
import { firstIssuers } from './first-issuers.ts'

export type FirstTenant = {
  readonly id: string
  /** The value of the initial token and its expiry in milliseconds since 1970; only when it was created now. */
  readonly token?: { readonly text: string; readonly expires: number }
  /** The initial access key; only when it was created now. */
  readonly accessKey?: { readonly id: string; readonly secret: string }
}

type Stores = {
  readonly tenants: TenantStore
  readonly accessKeys: AccessKeyStore
  readonly issuers: IssuerStore
  readonly oauthClients: OAuthClientStore
}

/** Returns the first tenant; without tenants, creates it with its initial token and access key. Throws ConfigError. */
export async function openFirstTenant(stores: Stores, config: Config, logger: Logger): Promise<FirstTenant> {
  const { tenants } = stores
  const { tenant, token, tokenFile, profile, onDelete, throttle } = config
  const [existing] = tenants.list()
  if (existing) {
    if (tenant !== undefined && !tenants.find(tenant)) {
      logger.warn(
        `--tenant ${tenant} is ignored: tenants already exist. Create another with \`scimulator tenants create\``,
      )
    }
    return { id: existing.id }
  }
  const text = token ?? newTokenText()
  // The file is written first: the value of a stored token cannot be recovered.
  if (tokenFile !== undefined) writeToken(tokenFile, text)
  // One transaction: a crash in between would leave a tenant whose token is never shown.
  const created = await tenants.createFirst({ profile, onDelete, throttle }, tenant, { text })
  if (created) {
    const accessKey = await createAccessKey(stores, created.tenant, config, logger)
    for (const issuer of firstIssuers(config, created.tenant.id)) {
      await stores.issuers.create(created.tenant, issuer)
    }
    if (config.clientId !== undefined) {
      await stores.oauthClients.create(created.tenant, {
        id: config.clientId,
        secret: { text: config.clientSecret },
      })
    }
    return {
      id: created.tenant.id,
      token: { text, expires: created.token.expires },
      ...(accessKey && { accessKey }),
    }
  }
  // Another instance over the same database was faster.
  if (tokenFile !== undefined) unlinkSync(tokenFile)
  return openFirstTenant(stores, config, logger)
}

/** The initial access key, if the tenant can have one. */
async function createAccessKey(
  { accessKeys }: Stores,
  tenant: Tenant,
  { noAws, awsAccessKey, databaseUrl, sealKey }: Config,
  logger: Logger,
): Promise<FirstTenant['accessKey']> {
  if (noAws || !tenant.profile.awsApis) return undefined
  if (databaseUrl !== undefined && sealKey === undefined) {
    logger.warn('no access key for the AWS APIs was created: set SCIMULATOR_SEAL_KEY')
    return undefined
  }
  const { key, secret } = await accessKeys.create(tenant, awsAccessKey)
  return { id: key.id, secret }
}

/**
 * Checks before anything listens that a token can be written to the file, since a token is shown once. The file may
 * exist only if it contains a token of an earlier start. Throws ConfigError.
 */
export function checkTokenFile(path: string): void {
  const folder = dirname(path)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw tokenFileError(`cannot write to the folder ${folder} (${errorReason(error)}).`)
  }
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat && !(stat.isFile() && containsToken(path))) {
    throw tokenFileError(`${path} exists and is not overwritten. Remove it, or choose another file.`)
  }
}

/** Whether the file holds a token alone, as `writeToken` writes it. */
function containsToken(path: string): boolean {
  try {
    return new RegExp(`^${tokenPrefix}[\\w+/=-]+\\n$`).test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/**
 * Writes a token to a new file, readable by its owner only, that replaces an earlier one: another process may have the
 * earlier file open. Throws ConfigError.
 */
export function writeToken(path: string, text: string): void {
  try {
    writeFileAtomically(path, part => writeFileSync(part, `${text}\n`))
  } catch (error) {
    throw tokenFileError(`cannot write ${path} (${errorReason(error)}).`)
  }
}

const tokenFileError = (problem: string) => new ConfigError([`--token-file: ${problem}`])

const errorReason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
