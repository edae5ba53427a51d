-- Requests whose token was rejected have the operation `rejected`.
update exchanges set operation = 'rejected' where operation = 'refused';
