/** What files need to know of the server. */
export type ExportSource = {
  /** URL of the SCIM listener, without a slash at its end. */
  readonly scimBase: string
  /** URL of the AWS listener, without a slash at its end; undefined if it is off. */
  readonly awsBase: string | undefined
  /** The region of the instances of IAM Identity Center. */
  readonly region: string
  /** Of this server. */
  readonly version: string
}
