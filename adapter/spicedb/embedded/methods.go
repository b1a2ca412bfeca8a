package embedded

import (
	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
)

// readOnly tells whether a method changes nothing. It lists what may pass, so
// that a method SpiceDB grows one day is refused until someone has looked.
func readOnly(method string) bool {
	switch method {
	case v1.PermissionsService_ReadRelationships_FullMethodName,
		v1.PermissionsService_CheckPermission_FullMethodName,
		v1.PermissionsService_CheckBulkPermissions_FullMethodName,
		v1.PermissionsService_ExpandPermissionTree_FullMethodName,
		v1.PermissionsService_LookupResources_FullMethodName,
		v1.PermissionsService_LookupSubjects_FullMethodName,
		v1.PermissionsService_ExportBulkRelationships_FullMethodName,
		v1.SchemaService_ReadSchema_FullMethodName,
		v1.SchemaService_ReflectSchema_FullMethodName,
		v1.SchemaService_ComputablePermissions_FullMethodName,
		v1.SchemaService_DependentRelations_FullMethodName,
		v1.SchemaService_DiffSchema_FullMethodName,
		v1.WatchService_Watch_FullMethodName,
		v1.ExperimentalService_BulkExportRelationships_FullMethodName,
		v1.ExperimentalService_BulkCheckPermission_FullMethodName,
		v1.ExperimentalService_ExperimentalReflectSchema_FullMethodName,
		v1.ExperimentalService_ExperimentalComputablePermissions_FullMethodName,
		v1.ExperimentalService_ExperimentalDependentRelations_FullMethodName,
		v1.ExperimentalService_ExperimentalDiffSchema_FullMethodName,
		v1.ExperimentalService_ExperimentalCountRelationships_FullMethodName,
		grpc_health_v1.Health_Check_FullMethodName,
		grpc_health_v1.Health_Watch_FullMethodName,
		grpc_health_v1.Health_List_FullMethodName,
		reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName,
		reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName:
		return true
	}
	return false
}
