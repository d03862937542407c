# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Columns of the logs that AWS's services write, and of common JSON logs of applications. Pure data: (name, type)."""

from __future__ import annotations

# Keys that JSON loggers of applications on ECS commonly write. What else a message has is in `rest`.
ECS_JSON = (
    ("level", "string"),
    ("logger", "string"),
    ("service", "string"),
    ("trace_id", "string"),
    ("span_id", "string"),
    ("request_id", "string"),
    ("method", "string"),
    ("path", "string"),
    ("status", "int"),
    ("duration_ms", "double"),
    ("error", "string"),
)
# "Flow log records" (Amazon VPC User Guide), version 2: the default format. Names as in "Create and query a table for
# VPC flow logs" (Athena), where `end` is quoted, and which names the fields by their order in the files.
FLOW_LOGS = (
    ("version", "int"),
    ("account_id", "string"),
    ("interface_id", "string"),
    ("srcaddr", "string"),
    ("dstaddr", "string"),
    ("srcport", "int"),
    ("dstport", "int"),
    ("protocol", "bigint"),
    ("packets", "bigint"),
    ("bytes", "bigint"),
    ("start", "bigint"),
    ("end", "bigint"),
    ("action", "string"),
    ("log_status", "string"),
)
# "Create and query a table for alert logs", "... for netflow logs" (Athena), both in one; `http` and `tls` as Suricata
# writes them ("Eve JSON Format"), `verdict` since version 7.
NETWORK_FIREWALL = (
    ("firewall_name", "string"),
    ("availability_zone", "string"),
    ("event_timestamp", "string"),
    (
        "event",
        "struct<timestamp:string,flow_id:bigint,event_type:string,src_ip:string,src_port:int,dest_ip:string,"
        "dest_port:int,proto:string,app_proto:string,sni:string,tls_inspected:boolean,"
        "alert:struct<action:string,signature_id:int,rev:int,signature:string,category:string,severity:int>,"
        "verdict:struct<action:string>,"
        "http:struct<hostname:string,url:string,http_method:string,http_user_agent:string,status:int>,"
        "tls:struct<sni:string,version:string,subject:string,issuerdn:string>,"
        "netflow:struct<pkts:int,bytes:bigint,start:string,end:string,age:int,min_ttl:int,max_ttl:int>>",
    ),
)
# "Query Amazon Route 53 Resolver logs" (Athena).
RESOLVER_QUERIES = (
    ("version", "string"),
    ("account_id", "string"),
    ("vpc_id", "string"),
    ("query_timestamp", "string"),
    ("query_name", "string"),
    ("query_type", "string"),
    ("query_class", "string"),
    ("rcode", "string"),
    ("answers", "array<struct<Rdata:string,Type:string,Class:string>>"),
    ("srcaddr", "string"),
    ("srcport", "int"),
    ("transport", "string"),
    ("srcids", "struct<instance:string,resolver_endpoint:string>"),
    ("firewall_rule_action", "string"),
    ("firewall_rule_group_id", "string"),
    ("firewall_domain_list_id", "string"),
)
# "Create a table for CloudTrail logs in Athena using partition projection" (Athena).
CLOUDTRAIL = (
    ("eventversion", "string"),
    (
        "useridentity",
        "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
        "username:string,onbehalfof:struct<userid:string,identitystorearn:string>,"
        "sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
        "sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,"
        "ec2roledelivery:string,"
        "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>",
    ),
    ("eventtime", "string"),
    ("eventsource", "string"),
    ("eventname", "string"),
    ("awsregion", "string"),
    ("sourceipaddress", "string"),
    ("useragent", "string"),
    ("errorcode", "string"),
    ("errormessage", "string"),
    ("requestparameters", "string"),
    ("responseelements", "string"),
    ("additionaleventdata", "string"),
    ("requestid", "string"),
    ("eventid", "string"),
    ("readonly", "string"),
    ("resources", "array<struct<arn:string,accountid:string,type:string>>"),
    ("eventtype", "string"),
    ("apiversion", "string"),
    ("recipientaccountid", "string"),
    ("serviceeventdetails", "string"),
    ("sharedeventid", "string"),
    ("vpcendpointid", "string"),
    ("vpcendpointaccountid", "string"),
    ("eventcategory", "string"),
    ("addendum", "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>"),
    ("sessioncredentialfromconsole", "string"),
    ("edgedevicedetails", "string"),
    ("tlsdetails", "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"),
)
