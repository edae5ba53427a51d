import { maskedUrl } from './webhooks/webhook-url.ts'

/** A setting of the server: this list is what `--help`, the README's table and the reading of flags agree on. */
export type Setting = {
  /** Its name in Config. */
  readonly key: string
  readonly flag: string
  readonly variable: string
  readonly otherwise?: string
  /** Needs no value on the command line. */
  readonly isSwitch?: true
  /** The default in words, where it isn't a fixed value. */
  readonly defaultInWords?: string
  readonly says: string
  /** How a value is shown that is, or holds, a secret. */
  readonly masks?: (value: string) => string
}

/** A setting as the server works with it. */
export type SettingInForce = {
  readonly flag: string
  readonly variable: string
  readonly says: string
  /** Without secrets. */
  readonly value: string
  readonly source: 'flag' | 'environment' | 'default'
}

const hidden = () => '***'
const maskedUrls = (value: string) => value.split(/\s+/).filter(Boolean).map(maskedUrl).join(' ')

const setting = (key: string, flag: string, says: string, rest: Partial<Setting> = {}): Setting => ({
  key,
  flag,
  variable: `SCIMULATOR_${flag.toUpperCase().replaceAll('-', '_')}`,
  says,
  ...rest,
})

export const settings: readonly Setting[] = [
  setting('host', 'host', 'where the SCIM listener binds', { otherwise: '127.0.0.1' }),
  setting('port', 'port', 'port of the SCIM listener; 0 takes a free one', { otherwise: '8080' }),
  setting('consoleHost', 'console-host', 'where the console binds', { otherwise: '127.0.0.1' }),
  setting('consolePort', 'console-port', 'port of the console; 0 takes a free one', { otherwise: '8081' }),
  setting(
    'consoleToken',
    'console-token',
    'needed to use the console (`Authorization: Bearer`); at least 16 characters beyond loopback',
    {
      defaultInWords: 'none on loopback; otherwise generated at each start',
      masks: hidden,
    },
  ),
  setting('data', 'data', 'the SQLite file', { otherwise: 'data/scimulator.db' }),
  setting('memory', 'memory', 'keep nothing', { otherwise: 'off', isSwitch: true }),
  setting('databaseUrl', 'database-url', 'PostgreSQL instead of SQLite (not supported yet)', {
    defaultInWords: 'none',
    masks: hidden,
  }),
  setting('keepExchanges', 'keep-exchanges', 'how many exchanges the journal keeps', {
    otherwise: '100000',
  }),
  setting('keepDays', 'keep-days', 'for how many days the journal keeps an exchange', { otherwise: '90' }),
  setting(
    'webhook',
    'webhook',
    'URLs, between blanks, that are told of first contacts, failures, findings and expiring tokens',
    {
      defaultInWords: 'none',
      masks: maskedUrls,
    },
  ),
  setting(
    'webhookSecret',
    'webhook-secret',
    'secrets `whsec_…` that sign what webhooks receive, separated by blanks; several while one replaces the other',
    { defaultInWords: 'none: messages are not signed', masks: hidden },
  ),
  setting('tenant', 'tenant', 'id of the first tenant', { defaultInWords: 'generated' }),
  setting('token', 'token', "text of the first tenant's first token, for CI", {
    defaultInWords: 'generated',
    masks: hidden,
  }),
  setting('tokenFile', 'token-file', 'file to write the generated first token to, mode 0600', {
    defaultInWords: 'none',
  }),
  setting('profile', 'profile', 'profile of the first tenant: `aws`, `entra` or `rfc`', { otherwise: 'aws' }),
  setting('onDelete', 'on-delete', 'what a DELETE leaves behind: `retain` or `remove`', {
    otherwise: 'retain',
  }),
  setting('throttle', 'throttle', '`aws` answers 429 over 25 writes or 40 reads a second and tenant', {
    otherwise: 'off',
  }),
  setting('tlsCert', 'tls-cert', 'certificate file: HTTPS on the SCIM listener', { defaultInWords: 'none' }),
  setting('tlsKey', 'tls-key', 'key file that belongs to the certificate', { defaultInWords: 'none' }),
  setting('logLevel', 'log-level', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`', {
    otherwise: 'info',
  }),
  setting('logFormat', 'log-format', '`pretty` or `json`', {
    defaultInWords: '`pretty` on a terminal, else `json`',
  }),
]
