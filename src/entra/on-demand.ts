/** What Graph's provisionOnDemand answers: both are JSON texts. */
export type OnDemandAnswer = {
  /** `{"result":"Success|Failure|Skipped","details":…}` */
  readonly key: string
  /** `{"action":…,"provisioningSteps":[…],"modifiedProperties":[…],"statusInfo":…,…}` */
  readonly value: string
}
