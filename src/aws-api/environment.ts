type Connection = {
  /** The URL of the AWS APIs. */
  readonly url: string
  readonly region: string
  /** The access key. */
  readonly id: string
  readonly secret: string
}

/** The environment variables by which AWS's CLI and SDKs reach this server instead of AWS. */
export const awsEnvironment = ({
  url,
  region,
  id,
  secret,
}: Connection): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
})

/** The same as lines of a shell. The server's own keys need no quotes. */
export const exportLines = (connection: Connection): readonly string[] =>
  Object.entries(awsEnvironment(connection)).map(([name, value]) => `export ${name}=${quote(value)}`)

const quote = (value: string): string =>
  /^[\w:/.+=-]*$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
