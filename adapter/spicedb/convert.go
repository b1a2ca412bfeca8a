package spicedb

import (
	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func toObject(object rel.Object) *v1.ObjectReference {
	return &v1.ObjectReference{ObjectType: object.Type, ObjectId: object.ID}
}

func toSubject(object rel.Object, relation string) *v1.SubjectReference {
	return &v1.SubjectReference{Object: toObject(object), OptionalRelation: relation}
}

func toRelationship(tuple rel.Tuple) *v1.Relationship {
	return &v1.Relationship{
		Resource: toObject(tuple.Resource),
		Relation: tuple.Relation,
		Subject:  toSubject(tuple.Subject, tuple.SubjectRelation),
	}
}

func toUpdate(update rel.Update) *v1.RelationshipUpdate {
	operation := v1.RelationshipUpdate_OPERATION_TOUCH
	if update.Op == rel.Delete {
		operation = v1.RelationshipUpdate_OPERATION_DELETE
	}
	return &v1.RelationshipUpdate{Operation: operation, Relationship: toRelationship(update.Tuple)}
}

func fromObject(object *v1.ObjectReference) rel.Object {
	return rel.Object{Type: object.GetObjectType(), ID: object.GetObjectId()}
}

func fromRelationship(relationship *v1.Relationship) rel.Tuple {
	return rel.Tuple{
		Resource:        fromObject(relationship.GetResource()),
		Relation:        relationship.GetRelation(),
		Subject:         fromObject(relationship.GetSubject().GetObject()),
		SubjectRelation: relationship.GetSubject().GetOptionalRelation(),
	}
}

func fromToken(token *v1.ZedToken) rel.ZedToken {
	return rel.ZedToken(token.GetToken())
}
