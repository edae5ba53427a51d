export type ExportSource = {
  /** URL of the SCIM listener, without a slash at its end. */
  readonly scimBase: string
  /** URL of the AWS listener, without a slash at its end; undefined if it is off. */
  readonly awsBase: string | undefined
  readonly region: string
  readonly version: string
}
