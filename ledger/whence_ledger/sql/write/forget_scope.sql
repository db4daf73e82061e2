DELETE FROM ledger.scopes WHERE scope = $scope RETURNING scope;
