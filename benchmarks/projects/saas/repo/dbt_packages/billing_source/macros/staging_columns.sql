{% macro get_customers_columns() %}
{{ return([
    {"name": "customerId", "datatype": "varchar", "alias": "customer_id"},
    {"name": "accountRef", "datatype": "varchar", "alias": "account_ref"},
    {"name": "companyName", "datatype": "varchar", "alias": "company_name"},
    {"name": "country", "datatype": "varchar", "alias": "country"},
    {"name": "signupDate", "datatype": "date", "alias": "signup_date"},
    {"name": "isActive", "datatype": "boolean", "alias": "is_active"},
]) }}
{% endmacro %}

{% macro get_subscriptions_columns() %}
{{ return([
    {"name": "subscriptionId", "datatype": "varchar", "alias": "subscription_id"},
    {"name": "customerId", "datatype": "varchar", "alias": "customer_id"},
    {"name": "planCode", "datatype": "varchar", "alias": "plan_code"},
    {"name": "startedAt", "datatype": "timestamp", "alias": "started_at"},
    {"name": "canceledAt", "datatype": "timestamp", "alias": "canceled_at"},
    {"name": "status", "datatype": "varchar", "alias": "status"},
    {"name": "quantity", "datatype": "integer", "alias": "quantity"},
]) }}
{% endmacro %}

{% macro get_invoices_columns() %}
{{ return([
    {"name": "invoiceId", "datatype": "varchar", "alias": "invoice_id"},
    {"name": "subscriptionId", "datatype": "varchar", "alias": "subscription_id"},
    {"name": "customerId", "datatype": "varchar", "alias": "customer_id"},
    {"name": "issuedOn", "datatype": "date", "alias": "issued_on"},
    {"name": "amountDue", "datatype": "double", "alias": "amount_due"},
    {"name": "amountPaid", "datatype": "double", "alias": "amount_paid"},
    {"name": "taxAmount", "datatype": "double", "alias": "tax_amount"},
    {"name": "currency", "datatype": "varchar", "alias": "currency"},
    {"name": "invoiceStatus", "datatype": "varchar", "alias": "invoice_status"},
]) }}
{% endmacro %}

{% macro get_payments_columns() %}
{{ return([
    {"name": "paymentId", "datatype": "bigint", "alias": "payment_id"},
    {"name": "invoiceId", "datatype": "varchar", "alias": "invoice_id"},
    {"name": "paidAt", "datatype": "timestamp", "alias": "paid_at"},
    {"name": "amount", "datatype": "decimal(12, 2)", "alias": "amount"},
    {"name": "method", "datatype": "varchar", "alias": "method"},
    {"name": "succeeded", "datatype": "boolean", "alias": "succeeded"},
]) }}
{% endmacro %}
