import { maskedUrl } from '../webhooks/webhooks.ts'

/** A setting of the server: this list is what `--help`, the README's table and the reading of flags agree on. */
export type Setting = {
  /** Its name in Config. */
  readonly key: string
  readonly flag: string
  readonly variable: string
  readonly defaultValue?: string
  /** Needs no value on the command line. */
  readonly isSwitch?: true
  /** The default in words, where it isn't a fixed value. */
  readonly defaultText?: string
  readonly description: string
  /** How a value is shown that is, or holds, a secret. */
  readonly mask?: (value: string) => string
}

/** A setting as the server works with it. */
export type EffectiveSetting = {
  readonly flag: string
  readonly variable: string
  readonly description: string
  /** Without secrets. */
  readonly value: string
  readonly source: 'flag' | 'environment' | 'default'
}

const hideValue = () => '***'
const maskUrls = (value: string) => value.split(/\s+/).filter(Boolean).map(maskedUrl).join(' ')

const defineSetting = (
  key: string,
  flag: string,
  description: string,
  rest: Partial<Setting> = {},
): Setting => ({
  key,
  flag,
  variable: `SCIMULATOR_${flag.toUpperCase().replaceAll('-', '_')}`,
  description,
  ...rest,
})

export const settings: readonly Setting[] = [
  defineSetting('host', 'host', 'where the SCIM listener binds', { defaultValue: '127.0.0.1' }),
  defineSetting('port', 'port', 'port of the SCIM listener; 0 takes a free one', { defaultValue: '8080' }),
  defineSetting('consoleHost', 'console-host', 'where the console binds', { defaultValue: '127.0.0.1' }),
  defineSetting('consolePort', 'console-port', 'port of the console; 0 takes a free one', {
    defaultValue: '8081',
  }),
  defineSetting(
    'consoleToken',
    'console-token',
    'needed to use the console (`Authorization: Bearer`); at least 16 characters beyond loopback',
    {
      defaultText: 'none on loopback; otherwise generated at each start',
      mask: hideValue,
    },
  ),
  defineSetting('data', 'data', 'the SQLite file', { defaultValue: 'data/scimulator.db' }),
  defineSetting('memory', 'memory', 'keep nothing', { defaultValue: 'off', isSwitch: true }),
  defineSetting('databaseUrl', 'database-url', 'PostgreSQL instead of SQLite (not supported yet)', {
    defaultText: 'none',
    mask: hideValue,
  }),
  defineSetting('keepExchanges', 'keep-exchanges', 'how many exchanges the journal keeps', {
    defaultValue: '100000',
  }),
  defineSetting('keepDays', 'keep-days', 'for how many days the journal keeps an exchange', {
    defaultValue: '90',
  }),
  defineSetting(
    'webhook',
    'webhook',
    'URLs, between blanks, that are told of first contacts, failures, findings and expiring tokens',
    {
      defaultText: 'none',
      mask: maskUrls,
    },
  ),
  defineSetting(
    'webhookSecret',
    'webhook-secret',
    'secrets `whsec_…` that sign what webhooks receive, separated by blanks; several while one replaces the other',
    { defaultText: 'none: messages are not signed', mask: hideValue },
  ),
  defineSetting('tenant', 'tenant', 'id of the first tenant', { defaultText: 'generated' }),
  defineSetting('token', 'token', "text of the first tenant's first token, for CI", {
    defaultText: 'generated',
    mask: hideValue,
  }),
  defineSetting('tokenFile', 'token-file', 'file to write the generated first token to, mode 0600', {
    defaultText: 'none',
  }),
  defineSetting('profile', 'profile', 'profile of the first tenant: `aws`, `entra` or `rfc`', {
    defaultValue: 'aws',
  }),
  defineSetting('onDelete', 'on-delete', 'what a DELETE leaves behind: `retain` or `remove`', {
    defaultValue: 'retain',
  }),
  defineSetting('throttle', 'throttle', '`aws` answers 429 over 25 writes or 40 reads a second and tenant', {
    defaultValue: 'off',
  }),
  defineSetting('tlsCert', 'tls-cert', 'certificate file: HTTPS on the SCIM listener', {
    defaultText: 'none',
  }),
  defineSetting('tlsKey', 'tls-key', 'key file that belongs to the certificate', { defaultText: 'none' }),
  defineSetting('logLevel', 'log-level', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`', {
    defaultValue: 'info',
  }),
  defineSetting('logFormat', 'log-format', '`pretty` or `json`', {
    defaultText: '`pretty` on a terminal, else `json`',
  }),
]
