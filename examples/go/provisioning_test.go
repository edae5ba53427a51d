package provisioning

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/provisioning/scimulator"
)

// createUser stands for the client that you test: it repeats a request once after a 429.
func createUser(t *testing.T, server *scimulator.Server) int {
	t.Helper()
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequest("POST", server.URL+"/Users", strings.NewReader(`{
			"userName": "marge@springfield.example",
			"displayName": "Marge Simpson",
			"name": {"givenName": "Marge", "familyName": "Simpson"}
		}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+server.Token)
		request.Header.Set("Content-Type", "application/scim+json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusTooManyRequests || attempt == 2 {
			return response.StatusCode
		}
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}

func TestProvisioning(t *testing.T) {
	server := scimulator.Start(t, "--profile=aws")

	t.Run("creates a user", func(t *testing.T) {
		server.Reset(t)
		if status := createUser(t, server); status != http.StatusCreated {
			t.Errorf("status %d", status)
		}
		requests := server.WaitFor(t, "action:create", 1)
		if requests[0].Action != "create user" {
			t.Errorf("%+v", requests)
		}
	})

	t.Run("repeats a throttled request", func(t *testing.T) {
		server.Reset(t)
		server.AddFault(t, scimulator.Object{
			"effect": scimulator.Object{"kind": "status", "status": 429, "retryAfter": 0},
			"times":  1,
		})
		createUser(t, server)
		var statuses []int
		for _, request := range server.Requests(t, "method:POST") {
			statuses = append(statuses, request.Status)
		}
		if len(statuses) != 2 || statuses[0] != 429 || statuses[1] != 201 {
			t.Errorf("statuses %v", statuses)
		}
	})

	t.Run("an expired token is rejected", func(t *testing.T) {
		server.Reset(t)
		before := server.Now(t)
		server.Advance(t, 366*24*time.Hour)
		if now := server.Now(t); !now.After(before) {
			t.Errorf("%s is not after %s", now, before)
		}
		if status := createUser(t, server); status != http.StatusUnauthorized {
			t.Errorf("status %d", status)
		}
	})
}
