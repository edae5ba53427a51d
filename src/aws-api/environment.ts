type Connection = {
  readonly url?: string | undefined
  readonly region: string
  /** The access key; its secret is known only when it is created. */
  readonly id?: string | undefined
  readonly secret?: string | undefined
}

export const awsEnvironment = ({
  url,
  region,
  id,
  secret,
}: Connection): Readonly<Record<string, string>> => ({
  ...(url !== undefined && { AWS_ENDPOINT_URL: url }),
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  ...(id !== undefined && { AWS_ACCESS_KEY_ID: id }),
  ...(secret !== undefined && { AWS_SECRET_ACCESS_KEY: secret }),
})
